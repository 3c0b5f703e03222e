# Sourced by .ci/run and tests/all.sh: stages with their times, in groups with budgets in minutes.

declare -A group_wall=() group_cpu=() group_max=()
declare -a groups=()
group_now=
stage_times=$(mktemp)
trap 'rm -f "$stage_times"' EXIT

# group NAME MINUTES: what the next stages count to.
group() {
    group_now=$1
    if [ -z "${group_max[$1]:-}" ]; then
        groups+=("$1")
        group_max[$1]=$2 group_wall[$1]=0 group_cpu[$1]=0
    fi
}

# Processor seconds of all that has run and ended below this shell, user and system. `times` tells them
# of the shell that calls it, so it must not stand in a pipe.
children() {
    times >"$stage_times"
    children_cpu=$(awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); n += 60 * t[1] + t[2] } }
        END { printf "%d", n }' "$stage_times")
}

# stage NAME COMMAND…: runs it and prints what it took.
stage() {
    local name=$1 at=$SECONDS cpu wall
    shift
    echo "== $name"
    children
    cpu=$children_cpu
    "$@"
    children
    cpu=$((children_cpu - cpu))
    wall=$((SECONDS - at))
    group_wall[$group_now]=$((group_wall[$group_now] + wall))
    group_cpu[$group_now]=$((group_cpu[$group_now] + cpu))
    echo "== $name took $wall s, $cpu s of processor"
}

# Each group against its budget; a group over it is said, not failed.
budgets() {
    local name over
    for name in "${groups[@]}"; do
        over=
        [ "${group_wall[$name]}" -le $((60 * group_max[$name])) ] || over=", over its budget"
        echo "== group $name: $((group_wall[$name] / 60)) min $((group_wall[$name] % 60)) s" \
            "(processor ${group_cpu[$name]} s) of ${group_max[$name]} min$over"
    done
}
