#!/bin/bash
# A small builder that honours the contract of Airship's: reads its configuration, writes an image and its metadata.
set -euo pipefail
: "${BUILDER_CONFIG:?}" "${IMAGE_TYPE:?}" "${OSCONFIG_FILE:?}" "${QCOW_CONFIG_FILE:?}"
read_yaml() { python3 -c 'import sys, yaml; v = yaml.safe_load(open(sys.argv[1]))
for k in sys.argv[2].split("."): v = v[k]
print(v)' "$@"; }
IFS=: read -r HOST_PATH VOLUME <<<"$(read_yaml "$BUILDER_CONFIG" container.volume)"
name=$(read_yaml "$BUILDER_CONFIG" builder.outputFileName)
metadata=$(read_yaml "$BUILDER_CONFIG" builder.outputMetadataFileName)
for file in "$OSCONFIG_FILE" "$QCOW_CONFIG_FILE"; do test -f "$VOLUME/$file"; done
test "$(read_yaml "$VOLUME/$OSCONFIG_FILE" default_run_context)" = qcow
if [ "$IMAGE_TYPE" = iso ]; then
    for file in "$USER_DATA_FILE" "$NET_CONFIG_FILE"; do test -f "$VOLUME/$file"; done
    mkdir /tmp/iso
    cp "$VOLUME/$USER_DATA_FILE" /tmp/iso/user_data
    xorriso -as mkisofs -quiet -V config-2 -o "$VOLUME/$name" /tmp/iso
else
    truncate -s "$(read_yaml "$VOLUME/$QCOW_CONFIG_FILE" qcow_capacity)" /tmp/disk.raw
    read_yaml "$VOLUME/$OSCONFIG_FILE" banners.motd | dd of=/tmp/disk.raw conv=notrunc status=none
    qemu-img convert -f raw -O qcow2 -c /tmp/disk.raw "$VOLUME/$name"
fi
echo "bootImagePath: $HOST_PATH/$name" > "$VOLUME/$metadata"
echo "md5sum: ${MD5SUM:-$(md5sum "$VOLUME/$name" | cut -d' ' -f1)}" >> "$VOLUME/$metadata"
echo '{}' > "$VOLUME/profile_multistrap.json"
