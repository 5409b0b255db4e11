#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare instructions for a packet with what was recorded, or record them.

    count.py ROWS RECORD [--record]
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
    try:
        with open(path, encoding="ascii", newline="") as f:
            return {(r["test"], r["config"]): int(r["instructions"]) for r in csv.DictReader(f)}
    except FileNotFoundError:
        return {}


def record(rows, path):
    with open(path, "w", encoding="ascii", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["test", "config", "instructions"])
        out.writerows([*key, int(statistics.median(values))] for key, values in rows.items())


def main():
    rows = measured(sys.argv[1])
    before = recorded(sys.argv[2])
    if not rows:
        print("count: nothing was counted", file=sys.stderr)
        return 1
    worse = old = 0
    print(f"{'test':8} {'config':11} {'instructions':>12} {'spread':>7} {'recorded':>9} change")
    for (test, config), values in rows.items():
        now = statistics.median(values)
        spread = 50 * (max(values) - min(values)) / now
        line = f"{test:8} {config:11} {now:12.0f} {spread:6.1f}%"
        then = before.get((test, config))
        if then:
            change = 100 * (now / then - 1)
            line += f" {then:9} {change:+.1f} %"
            if abs(change) > LIMIT and config == "plain":
                old += 1
                line += "  another kernel?"
            elif change > LIMIT:
                worse += 1
                line += "  WORSE"
        print(line)
    if "--record" in sys.argv[3:]:
        record(rows, sys.argv[2])
        print(f"recorded in {sys.argv[2]}")
        return 0
    if old:
        print("plain forwarding changed, too: look at the tunnel's rows with that in mind, and "
              "record again")
    if worse:
        print(f"{worse} rows more than {LIMIT} % above what was recorded")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
