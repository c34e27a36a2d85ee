{{/* The reference of one of our container images: (list . "operator" .Values.operator.image) */}}
{{- define "airship-images.image" -}}
{{- $root := index . 0 -}}
{{- $name := printf "airship-images/%s:%s" (index . 1) ($root.Values.image.tag | default $root.Chart.AppVersion) -}}
{{- $prefixed := ternary $name (printf "%s/%s" (trimSuffix "/" $root.Values.image.registry) $name) (empty $root.Values.image.registry) -}}
{{- index . 2 | default $prefixed -}}
{{- end -}}

{{- define "airship-images.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "airship-images.labels" -}}
{{ include "airship-images.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "airship-images.storeClaim" -}}
{{- .Values.store.existingClaim | default .Release.Name -}}
{{- end -}}

{{- define "airship-images.cacheClaim" -}}
{{- .Values.cache.existingClaim | default (printf "%s-cache" .Release.Name) -}}
{{- end -}}

{{- define "airship-images.baseURL" -}}
{{- $port := ternary "" (printf ":%v" .Values.server.service.port) (eq (int .Values.server.service.port) 80) -}}
{{- $service := printf "http://%s-server.%s.svc%s/" .Release.Name .Release.Namespace $port -}}
{{- if not (or .Values.store.baseURL .Values.server.enabled) -}}
{{- fail "store.baseURL: found nothing, expected the URL of your own server, as server.enabled is false" -}}
{{- end -}}
{{- .Values.store.baseURL | default $service -}}
{{- end -}}

{{/* What every pod of ours may do: nothing. The server and the operator have one security context. */}}
{{- define "airship-images.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "airship-images.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Where a pod may run, and with which credentials its image is pulled: (list . .Values.operator) */}}
{{- define "airship-images.placement" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- range $field := list "nodeSelector" "tolerations" "affinity" }}
{{- with get $values $field }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
