#!/bin/sh
# Mounts the filesystem of the partners' accounts: a file of fixed size with quotas, so that no
# partner can fill the disk of the system. A filesystem that an operator mounted there stays.
#
#     sftp-space MEGABYTES
set -eu

roots=${KSZ_SFTP_ROOTS:-/srv/ksz}
image=${KSZ_SFTP_IMAGE:-/var/lib/ksz/sftp.img}
options=nodev,nosuid,noexec

if mountpoint -q "$roots"; then
    exit 0
fi
mkdir -p "$roots" "$(dirname "$image")"
chmod 0755 "$roots"
chmod 0700 "$(dirname "$image")"

if [ ! -e "$image" ]; then
    draft=$image.new
    rm -f "$draft"
    # The blocks are reserved at once: a full disk of the system shows now, and not as a broken file
    # of a partner later.
    fallocate -l "$1M" "$draft"
    chmod 0600 "$draft"
    room=$(mktemp -d)
    mkfs.ext4 -q -F -m 0 -O quota -E quotatype=usrquota "$draft"
    if ! mount -o "loop,$options,usrquota" "$draft" "$room" 2>/dev/null; then
        echo "sftp-space: this kernel has no quotas: the space of one account is not limited" >&2
        mkfs.ext4 -q -F -m 0 "$draft"
        mount -o "loop,$options" "$draft" "$room"
    fi
    # Accounts that are there already take their files along.
    rmdir "$room/lost+found"
    cp -a "$roots/." "$room/"
    umount "$room"
    rmdir "$room"
    mv "$draft" "$image"
    find "$roots" -mindepth 1 -delete
fi
mount -o "loop,$options,usrquota" "$image" "$roots" 2>/dev/null ||
    mount -o "loop,$options" "$image" "$roots"
echo "sftp-space: mounted $roots"
