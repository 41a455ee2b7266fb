#!/bin/sh
# CLOSED, with nothing but a shell, ip and nft: no agent, no Python, no file of a generation.
#
#   guard fence   puts the fence anew, and a closed filter where none of ours stands
#   guard close   puts the fence and the closed filter, whatever stands; ends forwarding
#   guard sweep   puts the fence where it is lacking; calls the agent where a commit is overdue
#
# The fence has two parts that do not depend on the filter. Rules of routing lead to a black hole
# whatever the filter's first chain did not mark. A table of its own drops whatever the filter's
# verdict did not mark. Neither stands before packets to the hub itself.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
run=${KSZ_RUN:-/run/ksz}
agent=${KSZ_AGENT:-/usr/local/lib/ksz-netops/agent}
failed=0
families=-4
[ ! -e /proc/sys/net/ipv6 ] || families="-4 -6"

rules_stand() {
  for family in $families; do
    shown=$(ip "$family" rule show) || return 1
    case $shown in *"101:"*"fwmark 0x4b5a0000/0xffff0000"*"102:"*blackhole*"200:"*) ;; *) return 1 ;; esac
  done
}

# Each is refused where it is there already; what counts is what stands in the end. The mark of
# `protocol kernel` keeps systemd-networkd from removing them.
put_rules() {
  for family in $families; do
    ip "$family" rule add pref 200 nop protocol kernel
    ip "$family" rule add pref 100 iif lo goto 200 protocol kernel
    ip "$family" rule add pref 101 fwmark 0x4b5a0000/0xffff0000 goto 200 protocol kernel
    ip "$family" rule add pref 102 blackhole protocol kernel
  done 2>/dev/null
  # Else the check of sources looks packets up without their mark, and finds the black hole.
  echo 1 >/proc/sys/net/ipv4/conf/all/src_valid_mark
}

table_stands() {
  shown=$(nft -t list table inet ksz_fence 2>/dev/null) || return 1
  case $shown in *dormant*) return 1 ;; *"hook forward"*"policy drop"*"0x4b5a0001 accept"*) ;; *) return 1 ;; esac
}

put_table() {
  nft -f - <<'END'
table inet ksz_fence
delete table inet ksz_fence
table inet ksz_fence {
	chain forward {
		type filter hook forward priority filter + 10; policy drop;
		meta mark 0x4b5a0001 accept
	}
}
END
}

filter_stands() {
  shown=$(nft -t list table inet ksz 2>/dev/null) || return 1
  case $shown in *dormant*) return 1 ;; *"hook forward"*"policy drop"*) ;; *) return 1 ;; esac
}

put_closed_filter() {
  nft -f - <<'END'
table inet ksz
delete table inet ksz
table inet ksz {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
END
}

end_forwarding() {
  for switch in ipv4/ip_forward ipv6/conf/all/forwarding; do
    [ ! -e "/proc/sys/net/$switch" ] || echo 0 >"/proc/sys/net/$switch" || failed=1
  done
}

fence() {
  rules_stand || { put_rules && echo "rules put"; }
  rules_stand || failed=1
  table_stands || echo "table put"
  # One transaction, so that it stands all the time; what stands may hold more than it should.
  [ "${1-}" = again ] && table_stands || put_table
  table_stands || failed=1
  filter_stands || { put_closed_filter && echo "closed"; }
  filter_stands || failed=1
  # With a part of the fence lacking and no filter, this is all that is left.
  [ "$failed" = 0 ] || filter_stands || end_forwarding
}

close_all() {
  put_closed_filter || failed=1
  end_forwarding
  fence
}

# A deadline that cannot be read has passed.
is_overdue() {
  [ -e "$run/pending.json" ] || return 1
  deadline=$(sed -n 's/.*"deadline": *\([0-9][0-9]*\).*/\1/p' "$run/pending.json") || return 0
  now=$(cut -d. -f1 /proc/uptime)
  [ -z "$deadline" ] || [ "$now" -ge "$deadline" ]
}

case ${1-} in
  fence) fence ;;
  close) close_all ;;
  sweep)
    fence again
    if is_overdue; then
      # Where nobody can bring back what is confirmed, the hub is closed.
      timeout 300 "$agent" sweep || close_all
    fi
    ;;
  *)
    echo "usage: guard fence|close|sweep" >&2
    exit 64
    ;;
esac
exit "$failed"
