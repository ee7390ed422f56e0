# Ends the shared server $2 of the directory $1 when nobody has used it for $3 seconds.
# Whoever uses it holds a shared lock on `lease`, which ends with that process.
cd / || exit 1
interval=$(( $3 < 5 ? 1 : 5 ))
runs() { [ "$(readlink "/proc/$2/cwd" 2>/dev/null)" = "$1/postgres/data" ]; }
age() { echo $(( $(date +%s) - $(stat -c %Y "$1/lease" 2>/dev/null || echo 0) )); }
while runs "$@"; do
    sleep "$interval"
    [ "$(age "$@")" -ge "$3" ] || continue
    (
        flock -n 8 && flock -n -x 9 && runs "$@" && [ "$(age "$@")" -ge "$3" ] || exit 1
        kill -QUIT "$2"
        while runs "$@"; do sleep 0.1; done
        rm -rf "$1/postgres"
    ) 8>>"$1/lock" 9<"$1/lease" && exit 0
done
