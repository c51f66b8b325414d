"""Draws noisy digits: writes digits.csv (columns target, pixel0..pixel63 with values 0 to 16) and seven.png.

    python3 make_digits.py [FOLDER]        the same files every time

Each digit is a 5x7 glyph, shifted, scaled, slanted and turned a little, sampled into 8x8 grey values, with noise added.
"""
import math
import os
import random
import struct
import sys
import zlib

GLYPHS = """
.###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.
#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...#
#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...#
#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .####
##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..
"""
ROWS = [line.split() for line in GLYPHS.strip().splitlines()]
SIZE, SAMPLES, COUNT = 8, 3, 2000


def ink(digit, u, v):
    """1 where the point (u, v) of the unit square lies on the glyph."""
    column, row = math.floor(u * 5), math.floor(v * 7)
    return 0 <= column < 5 and 0 <= row < 7 and ROWS[row][digit][column] == "#"


def draw(digit, random, size=SIZE, samples=SAMPLES, noise=1.2):
    """size * size grey values 0..16, row by row; `samples` squared points for each."""
    angle, slant = random.uniform(-0.2, 0.2), random.uniform(-0.25, 0.25)
    width, height = random.uniform(0.55, 0.8), random.uniform(0.75, 1.0)
    dx, dy = random.uniform(-0.06, 0.06), random.uniform(-0.06, 0.06)
    contrast = random.uniform(0.75, 1.0)
    cos, sin = math.cos(angle), math.sin(angle)
    pixels = []
    for row in range(size):
        for column in range(size):
            covered = 0
            for i in range(samples):
                for j in range(samples):
                    x = (column + (j + 0.5) / samples) / size - 0.5 - dx
                    y = (row + (i + 0.5) / samples) / size - 0.5 - dy
                    x, y = cos * x + sin * y, cos * y - sin * x
                    covered += ink(digit, (x + slant * y) / width + 0.5, y / height + 0.5)
            value = 16 * contrast * covered / samples ** 2 + random.gauss(0, noise)
            pixels.append(min(16, max(0, round(value))))
    return pixels


def write_png(path, pixels):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + bytes(round(p * 255 / 16) for p in pixels[i:i + SIZE]) for i in range(0, SIZE * SIZE, SIZE))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write(folder):
    os.makedirs(folder, exist_ok=True)
    source = random.Random(1)
    with open(os.path.join(folder, "digits.csv"), "w") as file:
        file.write("target," + ",".join("pixel%d" % i for i in range(SIZE * SIZE)) + "\n")
        for row in range(COUNT):
            digit = row % 10
            file.write(",".join(map(str, [digit] + draw(digit, source))) + "\n")
    write_png(os.path.join(folder, "seven.png"), draw(7, random.Random(7)))


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else ".")
