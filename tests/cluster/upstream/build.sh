# Reads its configuration, and writes an image and its metadata: the image is no more than the user data.
set -eu
value() { /bin/busybox sed -n "s/^  $1: //p" "$BUILDER_CONFIG"; }
paths=$(value volume)
host=${paths%%:*} volume=${paths#*:}
image=$(value outputFileName)
metadata=$(value outputMetadataFileName)
test "$IMAGE_TYPE" = iso
for file in "$OSCONFIG_FILE" "$QCOW_CONFIG_FILE" "$NET_CONFIG_FILE"; do test -f "$volume/$file"; done
/bin/busybox cp "$volume/$USER_DATA_FILE" "$volume/$image"
sum=$(/bin/busybox md5sum "$volume/$image")
echo "bootImagePath: $host/$image" > "$volume/$metadata"
echo "md5sum: ${sum%% *}" >> "$volume/$metadata"
