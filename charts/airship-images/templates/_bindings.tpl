{{/* The ClusterRole bound in each of the namespaces, or in the whole cluster: (list . role namespaces everywhere) */}}
{{- define "airship-images.bindings" -}}
{{- $root := index . 0 -}}
{{- $role := index . 1 -}}
{{- $everywhere := index . 3 -}}
{{- range $namespace := ternary (list "") (index . 2) $everywhere }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ ternary "ClusterRoleBinding" "RoleBinding" $everywhere }}
metadata:
  name: {{ $role }}
  {{- with $namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "airship-images.labels" $root | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ $role }}}
subjects:
  - {kind: ServiceAccount, name: {{ $root.Release.Name }}, namespace: {{ $root.Release.Namespace }}}
{{- end }}
{{- end -}}
