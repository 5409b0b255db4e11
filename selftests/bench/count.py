#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare instructions for a packet with what was recorded, or record them.

    count.py ROWS RECORD VERSIONS [--record]

VERSIONS are those of what the instructions depend on besides our sources; where others were
recorded there is no judgement.
"""
import csv
import statistics
import sys

LIMIT = 3       # percent above what was recorded


def measured(path):
    rows = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if words and words[0] == "row":
                rows.setdefault((words[1], words[2]), []).append(int(words[3]))
    return rows


def recorded(path):
    """The versions, the rows"""
    try:
        with open(path, encoding="ascii", newline="") as f:
            versions = f.readline().removeprefix("#").strip()
            return versions, {(r["test"], r["config"]): int(r["instructions"])
                              for r in csv.DictReader(f)}
    except FileNotFoundError:
        return "", {}


def record(rows, path, versions):
    with open(path, "w", encoding="ascii", newline="") as f:
        f.write(f"# {versions}\n")
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["test", "config", "instructions"])
        out.writerows([*key, int(statistics.median(values))] for key, values in rows.items())


def main():
    path, versions = sys.argv[2:4]
    rows = measured(sys.argv[1])
    then_versions, before = recorded(path)
    if not rows:
        print("count: nothing was counted", file=sys.stderr)
        return 1
    worse = 0
    print(f"{'test':8} {'config':11} {'instructions':>12} {'spread':>7} {'recorded':>9} change")
    for (test, config), values in rows.items():
        now = statistics.median(values)
        spread = 50 * (max(values) - min(values)) / now
        line = f"{test:8} {config:11} {now:12.0f} {spread:6.1f}%"
        then = before.get((test, config))
        if then:
            change = 100 * (now / then - 1)
            line += f" {then:9} {change:+.1f} %"
            if change > LIMIT and config != "plain":
                worse += 1
                line += "  WORSE"
        print(line)
    if "--record" in sys.argv[4:]:
        record(rows, path, versions)
        print(f"recorded in {path}")
        return 0
    if worse:
        print(f"{worse} rows more than {LIMIT} % above what was recorded")
    if before and versions != then_versions:
        print(f"recorded with {then_versions}; now {versions}: no judgement, record again")
        return 0
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
