# Prints what the role must know of a box, one word a line; changes nothing.
for package in $PACKAGES; do
  case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
    *" installed") ;;
    *) echo "missing:$package" ;;
  esac
done
[ ! -d /run/systemd/system ] || echo systemd
# A key for nobody, in a network of its own that is gone at once: only ESP itself is asked for.
if unshare --net ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel \
  aead 'rfc4106(gcm(aes))' 0x00112233445566778899aabbccddeeff00112233 128 2>/dev/null; then
  echo esp
fi
