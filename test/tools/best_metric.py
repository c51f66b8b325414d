"""Asserts that the best value of a metric in a run's metrics.csv is at least a bound: best_metric.py RUN NAME BOUND."""
import csv
import os
import sys


def main(run, name, bound):
    with open(os.path.join(run, "metrics.csv")) as file:
        values = [float(row[name]) for row in csv.DictReader(file) if row.get(name)]
    print("best %s of %d rows: %s" % (name, len(values), max(values)))
    return 0 if max(values) >= float(bound) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
