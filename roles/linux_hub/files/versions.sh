# Prints the version of each program that a hub needs, as `name version`; changes nothing.
python3 --version 2>/dev/null | sed -n 's/^Python \([0-9.]*\).*/Python \1/p'
nft --version 2>/dev/null | sed -n 's/^nftables v\([0-9.]*\).*/nftables \1/p'
ip -V 2>/dev/null | sed -n 's/.*iproute2-\([0-9.]*\).*/iproute2 \1/p'
/usr/lib/ipsec/charon --version 2>/dev/null | sed -n "s/.*strongSwan \([0-9.]*\).*/strongSwan \1/p"
