#!/usr/bin/env bash
# Installs the programs that the tests need, builds everything once and runs every suite:
#
#   bash test.sh
#
# The last line is 'N passed, N failed'. The output of each suite, its results (trx) and the screenshots are in artifacts/.
# A failing suite does not stop the others. A skipped test counts as failed, and so does a suite without a test.
set -uo pipefail
cd "$(dirname "$0")"

configuration=Release
suite_limit=720 # seconds
logs=artifacts/tests
passed=0
failed=0
lines=()
failures=()
started=$SECONDS

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
if [ "${CI:-}" = true ]; then
  # All builds, including those of tests, share one compiler server; it ends with this script.
  export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=true
  trap 'dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true' EXIT
fi

# Ends with a reason and the closing line, for errors that keep every suite from running.
give_up() {
  printf '\n%s\n0 passed, 1 failed\n' "$1"
  exit 1
}

# Installs the Debian packages of missing commands.
install_missing() {
  local packages=() install=() pair
  for pair in node:nodejs npm:npm chromium:chromium redis-server:redis-server nginx:nginx-light; do
    PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
  done
  [ ${#packages[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || install=(sudo -n)
  command -v apt-get >/dev/null ||
    give_up "Missing: ${packages[*]}. This system has no apt-get: install them another way and run this again."
  echo "Installing ${packages[*]} ..."
  export DEBIAN_FRONTEND=noninteractive
  { "${install[@]}" apt-get update -q && "${install[@]}" apt-get install -y -q "${packages[@]}"; } </dev/null >"$logs/apt.log" 2>&1 || {
    tail -n 20 "$logs/apt.log"
    give_up "Missing: ${packages[*]}, and they could not be installed; try: apt-get install ${packages[*]}"
  }
}

# Installs the packages of the lock file, again only when it has changed.
fetch_npm_packages() {
  local lock folder
  while IFS= read -r lock; do
    folder=$(dirname "$lock")
    [ "$folder/node_modules/.package-lock.json" -nt "$lock" ] && continue
    echo "Fetching the npm packages of $folder ..."
    (cd "$folder" && npm ci --no-audit --no-fund) </dev/null >"$logs/npm.log" 2>&1 || {
      tail -n 20 "$logs/npm.log"
      give_up "npm could not fetch the packages of $folder."
    }
  done < <(find . -name package-lock.json -not -path '*/node_modules/*' | sort)
}

# record NAME PASSED FAILED SECONDS [REMARK]
record() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  lines+=("$(printf '%-20s %5d passed %5d failed %5d s   %s' "$1" "$2" "$3" "$4" "${5:-}")")
}

# Prints the failed results of a trx file: a line with the test's name, then the first lines of its message.
read_failures() {
  awk '
    /<UnitTestResult / {
      name = ""
      if ($0 !~ /outcome="Passed"/ && match($0, / testName="[^"]*"/)) {
        name = substr($0, RSTART + 11, RLENGTH - 12)
        print "  " name
        shown = 0
      }
    }
    /<Message>/ { inside = name != "" }
    inside {
      line = $0
      gsub(/.*<Message>|<\/Message>.*/, "", line)
      if (++shown <= 6) print "      " substr(line, 1, 300)
    }
    /<\/Message>/ { inside = 0 }' "$1"
}

# Prints an attribute of the counters in a trx file; 0 when it is missing.
count() {
  local number
  number=$(sed -n 's/.*<Counters [^>]*\b'"$2"'="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
  echo "${number:-0}"
}

run_test_project() {
  local name=$1 trx="$logs/$1.trx" began=$SECONDS code total good bad remark=
  printf '\n== %s\n' "$name"

  # Most of the programs that tests start run for seconds: profiling code for later optimization would cost more time than it saves.
  DOTNET_TieredPGO=0 timeout --kill-after=15 "$suite_limit" dotnet test "tests/$name/bin/$configuration/net10.0/$name.dll" \
    --results-directory "$logs" --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
    </dev/null 2>&1 | tee "$logs/$name.log"
  code=${PIPESTATUS[0]}
  if [ ! -f "$trx" ]; then
    record "$name" 0 1 $((SECONDS - began)) "no results (exit code $code); see $logs/$name.log"
    return
  fi

  total=$(count "$trx" total)
  good=$(count "$trx" passed)
  bad=$((total - good))
  if [ "$total" = 0 ]; then
    bad=1
    remark="ran no test"
  elif [ "$code" != 0 ] && [ "$bad" = 0 ]; then
    bad=1
    remark="ended with exit code $code"
  elif [ $((total - $(count "$trx" executed))) -gt 0 ]; then
    remark="$((total - $(count "$trx" executed))) not executed"
  fi

  [ "$bad" = 0 ] || failures+=("$name:" "$(read_failures "$trx")")
  record "$name" "$good" "$bad" $((SECONDS - began)) "$remark"
}

# run_check NAME COMMAND...
run_check() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if timeout --kill-after=15 "$suite_limit" "$@" </dev/null > >(tee "$logs/${name// /-}.log") 2>&1; then
    record "$name" 1 0 $((SECONDS - began))
  else
    record "$name" 0 1 $((SECONDS - began)) "see $logs/${name// /-}.log"
  fi
}

rm -rf artifacts
mkdir -p "$logs"

command -v dotnet >/dev/null || give_up "dotnet is missing: install the .NET SDK 10 (https://dotnet.microsoft.com/download)."
dotnet --version >/dev/null 2>"$logs/dotnet.log" || {
  cat "$logs/dotnet.log"
  give_up "This project needs the .NET SDK in global.json."
}
install_missing
fetch_npm_packages

echo "Building Serverless.sln ($configuration) ..."
dotnet build Serverless.sln -c "$configuration" -v quiet -nologo </dev/null || give_up "The solution does not build."

for project in tests/*/*.Tests.csproj tests/Fuzz/Fuzz.csproj tests/EndToEnd/EndToEnd.csproj; do
  run_test_project "$(basename "$project" .csproj)"
done
# The build reports code style; this is the rest of 'dotnet format --verify-no-changes', which takes ten times as long.
run_check "format check" dotnet format whitespace . --folder --verify-no-changes
run_check "benchmark check" bash bench/run.sh --check
run_check "scale check" bash bench/run.sh scale --check
run_check "allocation check" bash bench/micro.sh --check

# Last, so that the end of a log shows the failures.
if [ ${#failures[@]} -gt 0 ]; then
  printf '\nFailed tests, with the first lines of each message (the rest is in %s):\n' "$logs"
  printf '%s\n' "${failures[@]}"
fi
printf '\n'
printf '%s\n' "${lines[@]}"
printf 'Took %d s.\n%d passed, %d failed\n' $((SECONDS - started)) "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
