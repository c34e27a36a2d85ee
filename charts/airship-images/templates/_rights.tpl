{{/* A Role in each of the namespaces and its binding, or both for the whole cluster: (list . name namespaces everywhere rules) */}}
{{- define "airship-images.rights" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $everywhere := index . 3 -}}
{{- $rules := index . 4 -}}
{{- $kind := ternary "ClusterRole" "Role" $everywhere -}}
{{- range $namespace := ternary (list "") (index . 2) $everywhere }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $name }}
  {{- with $namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "airship-images.labels" $root | nindent 4 }}
rules:
  {{- include $rules $root | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $name }}
  {{- with $namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "airship-images.labels" $root | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{ $kind }}, name: {{ $name }}}
subjects:
  - {kind: ServiceAccount, name: {{ $root.Release.Name }}, namespace: {{ $root.Release.Namespace }}}
{{- end }}
{{- end -}}

{{- define "airship-images.buildRules" -}}
- apiGroups: [airshipit.org]
  resources: [airshipimages, nodeprofiles]
  verbs: [list, watch]
# the finalizer of an image that takes its artifacts with it; nothing else of it is ever written
- apiGroups: [airshipit.org]
  resources: [airshipimages]
  verbs: [patch]
- apiGroups: [airshipit.org]
  resources: [airshipimages/status, nodeprofiles/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [airship-images-catalogue]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
# whether a Job has what it needs, before it is made
- apiGroups: [""]
  resources: [persistentvolumeclaims, resourcequotas]
  verbs: [list]
{{- if and .Values.builder.checkNodes (empty .Values.operator.namespaces) }}
- apiGroups: [""]
  resources: [nodes]
  verbs: [list]
{{- end }}
# who names an artifact that may be removed
- apiGroups: [metal3.io]
  resources: [baremetalhosts, dataimages]
  verbs: [list]
- apiGroups: [infrastructure.cluster.x-k8s.io]
  resources: [metal3machinetemplates]
  verbs: [list]
{{- end -}}

{{- define "airship-images.rolloutRules" -}}
- apiGroups: [metal3.io]
  resources: [baremetalhosts]
  verbs: [get, list, watch, patch]
- apiGroups: [metal3.io]
  resources: [dataimages]
  verbs: [list]
- apiGroups: [infrastructure.cluster.x-k8s.io]
  resources: [metal3machinetemplates]
  verbs: [list, watch]
{{- end -}}
