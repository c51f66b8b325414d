"""Draws flowers.csv: 150 flowers of three made-up kinds, four lengths in centimetres each."""
import random
import sys

KINDS = {  # name: (mean, deviation) of each length
    "alpina": ((5.0, 0.35), (3.4, 0.38), (1.5, 0.17), (0.25, 0.10)),
    "campestris": ((5.9, 0.50), (2.8, 0.30), (4.3, 0.46), (1.3, 0.20)),
    "palustris": ((6.6, 0.60), (3.0, 0.32), (5.5, 0.55), (2.0, 0.27)),
}

draw = random.Random(1)
rows = [[round(max(0.1, draw.gauss(*length)), 1) for length in lengths] + [kind] for kind, lengths in KINDS.items() for _ in range(50)]
draw.shuffle(rows)
with open(sys.argv[1] if len(sys.argv) > 1 else "flowers.csv", "w") as out:
    print("sepal_length,sepal_width,petal_length,petal_width,kind", file=out)
    for row in rows:
        print(*row, sep=",", file=out)
