"""Makes small data for the programs of this folder, in the formats they read, with something to learn in it.

    python3 make_data.py FOLDER [NAME...]        the same files every time; a NAME is one of MAKERS, all without one

Pictures are colours, stripes and discs, texts come from small grammars, tables from simple laws with noise.
"""
import csv
import gzip
import math
import os
import random
import struct
import sys
import zipfile
import zlib
from array import array

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import make_digits


# ---- formats ----

def write_png(path, channels):
    """`channels`: one or three lists of rows of bytes."""
    height, width = len(channels[0]), len(channels[0][0])
    rows = bytearray()
    for r in range(height):
        line = bytearray(width * len(channels))
        for c, channel in enumerate(channels):
            line[c::len(channels)] = channel[r]
        rows += b"\0" + line

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    with open(path, "wb") as file:
        colour = 0 if len(channels) == 1 else 2
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))


def write_idx(path, shape, values):
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, 0) as out:
        out.write(struct.pack(">BBBB", 0, 0, 8, len(shape)) + struct.pack(">%dI" % len(shape), *shape) + bytes(values))


def write_npz(path, **arrays):
    """Arrays as (shape, array or bytes)."""
    kinds = {"f": "<f4", "i": "<i4", "B": "|u1"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for name, (shape, values) in arrays.items():
            kind = kinds[values.typecode] if isinstance(values, array) else "|u1"
            head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }" % (kind, ", ".join(map(str, shape)))
            head += " " * (-(len(head) + 11) % 64) + "\n"
            body = b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + bytes(values)
            out.writestr(zipfile.ZipInfo(name + ".npy"), body, zipfile.ZIP_DEFLATED)


def write_table(path, header, rows, separator=","):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, delimiter=separator, lineterminator="\n")
        out.writerows(([header] if header else []) + list(rows))


def write_lines(path, lines):
    with open(path, "w") as file:
        file.writelines(line + "\n" for line in lines)


# ---- pictures ----

def plain(draw, width, height, colour):
    """Rows of one channel around a grey value, with a little noise that repeats from row to row."""
    noise = [draw.randint(-12, 12) for _ in range(width + 61)]
    clamp = [min(255, max(0, colour + v)) for v in noise]
    return [bytearray(clamp[7 * r % 61:7 * r % 61 + width]) for r in range(height)]


def disc(rows, cx, cy, radius, value):
    for r in range(max(0, math.ceil(cy - radius)), min(len(rows), math.floor(cy + radius) + 1)):
        half = math.sqrt(max(0, radius ** 2 - (r - cy) ** 2))
        left, right = max(0, math.ceil(cx - half)), min(len(rows[r]), math.floor(cx + half) + 1)
        if left < right:
            rows[r][left:right] = bytes([value]) * (right - left)


def stripe(rows, every, upright, value):
    for r in range(len(rows)):
        if upright:
            for c in range(0, len(rows[r]), every):
                rows[r][c:c + every // 2] = bytes([value]) * len(rows[r][c:c + every // 2])
        elif r % every < every // 2:
            rows[r][:] = bytes([value]) * len(rows[r])


def picture(draw, width, height, kind):
    """Three channels; `kind` sets the colour of the ground and what lies on it."""
    base = [(200, 60, 60), (60, 180, 80), (70, 90, 210), (190, 180, 60), (150, 70, 170)][kind % 5]
    channels = [plain(draw, width, height, min(255, max(0, v + draw.randint(-15, 15)))) for v in base]
    light = draw.randint(200, 255)
    if kind < 5:
        cx, cy, radius = (draw.uniform(0.35, 0.65) * width, draw.uniform(0.35, 0.65) * height,
                          draw.uniform(0.15, 0.3) * min(width, height))
        for rows in channels:
            disc(rows, cx, cy, radius, light)
    else:
        for rows in channels:
            stripe(rows, draw.choice((6, 8)), kind % 2 == 0, light)
    return channels


def flat(channels):
    return b"".join(bytes(row) for rows in channels for row in rows)


def folder_of(folder, name):
    path = os.path.join(folder, *name.split("/"))
    os.makedirs(path, exist_ok=True)
    return path


# ---- one function for each source ----

def digits(folder, draw):
    make_digits.write(folder)


def idx(folder, draw):
    """Digits of 20 by 20 in a frame of 28 by 28, as MNIST lies in files."""
    for part, count in (("train", 800), ("test", 200), ("few", 16)):
        labels = [i % 10 for i in range(count)]
        values = bytearray()
        for label in labels:
            pixels = bytes(round(p * 255 / 16) for p in make_digits.draw(label, draw, size=20, samples=1, noise=0.4))
            values += bytes(4 * 28) + b"".join(bytes(4) + pixels[r:r + 20] + bytes(4) for r in range(0, 400, 20)) + bytes(4 * 28)
        write_idx(os.path.join(folder, part + "-images-idx3-ubyte.gz"), (count, 28, 28), values)
        write_idx(os.path.join(folder, part + "-labels-idx1-ubyte.gz"), (count,), labels)


def iris(folder, draw):
    kinds = {"setosa": (5.0, 3.4, 1.5, 0.25), "versicolor": (5.9, 2.8, 4.3, 1.3), "virginica": (6.6, 3.0, 5.6, 2.0)}
    rows = [[round(draw.gauss(m, 0.12 * m + 0.05), 1) for m in means] + [name]
            for name, means in kinds.items() for _ in range(50)]
    write_table(os.path.join(folder, "iris.csv"),
                ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"], rows)


def titanic(folder, draw):
    rows = []
    for _ in range(400):
        pclass, sex = draw.choice((1, 2, 3, 3)), draw.choice(("female", "male", "male"))
        age = "" if draw.random() < 0.1 else round(draw.uniform(1, 70), 1)
        fare = round(draw.uniform(5, 20) * (4 - pclass) ** 1.5, 2)
        score = (2 if sex == "female" else -1.5) + (2 - pclass) + (1.5 if age != "" and age < 10 else 0)
        rows.append([pclass, age, fare, sex, int(score + draw.gauss(0, 0.7) > 0)])
    write_table(os.path.join(folder, "titanic.csv"), ["pclass", "age", "fare", "sex", "survived"], rows)


def heart(folder, draw):
    """Thirteen standardised measurements; the answer follows a logistic law of them."""
    names = "age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal".split()
    law = (0.8, -0.5, 1.2, 0, 0, 0.3, 0, -1, 0.6, 0, 0, 1, -0.7)
    rows = []
    for _ in range(200):
        x = [draw.gauss(0, 1) for _ in names]
        chance = 1 / (1 + math.exp(-sum(a * b for a, b in zip(law, x))))
        rows.append([round(v, 3) for v in x] + [int(draw.random() < chance)])
    write_table(os.path.join(folder, "heart.csv"), names + ["target"], rows)


def names(folder, draw):
    """Surnames whose endings tell where they come from."""
    starts = "bar bel cor dan fer gal har kal lan mar nor pal ros sal tor val wil zan".split()
    ends = {"english": ("son", "ton", "wood"), "italian": ("ini", "etti", "ucci"), "polish": ("ski", "wicz", "czak"),
            "swedish": ("berg", "qvist", "strom")}
    rows = [[draw.choice(starts) + draw.choice(("", "a", "e", "o")) + draw.choice(ends[origin]), origin]
            for _ in range(200) for origin in ends]
    write_table(os.path.join(folder, "names.csv"), ["name", "origin"], rows)


def sentence(draw):
    who = ("the king", "the queen", "my lord", "our friend", "the fool", "a poor man")
    does = ("loves", "fears", "calls", "sees", "leaves", "follows")
    how = ("in the night", "with great joy", "at the gate", "for the crown", "by the sea")
    return " ".join((draw.choice(who), draw.choice(does), draw.choice(who) + ",", draw.choice(how)))


def play(folder, draw):
    blocks = ["%s\n" % "".join(map(chr, range(32, 127)))]         # every character once
    for _ in range(500):
        said = sentence(draw)
        blocks.append(draw.choice(("ROMEO", "JULIET", "HAMLET")) + ":\n" + said[0].upper() + said[1:] + ".\n")
    write_lines(os.path.join(folder, "tiny-shakespeare.txt"), blocks)


def words(folder, draw):
    """One long line: words of one subject begin alike and stand together."""
    subjects = [[first + vowel + last for vowel in "aeiou" for last in "nrs"] for first in "bdfglmpst"]
    text = []
    for _ in range(1500):
        subject = draw.choice(subjects)
        text += [draw.choice(subject) for _ in range(12)]
    with open(os.path.join(folder, "text8"), "w") as file:
        file.write(" ".join(text))


def wiki(folder, draw):
    write_lines(os.path.join(folder, "wiki.txt"), [sentence(draw) for _ in range(400)])


def reviews(folder, draw):
    good, bad = ("a great film", "a lovely story", "brilliant and warm"), ("a dull film", "a boring story", "weak and cold")
    rows = []
    for i in range(200):
        label = i % 2
        rows.append([draw.choice(good if label else bad) + ", " + sentence(draw), label])
    write_table(os.path.join(folder, "sst2.csv"), ["text", "label"], rows)


def pairs(folder, draw):
    """French and English, word by word but for the adjective, which stands behind in French."""
    who = {"je": "i", "tu": "you", "il": "he", "elle": "she", "nous": "we"}
    does = {"mange": "eat", "vois": "see", "prends": "take", "donne": "give"}
    what = {"pomme": "apple", "lampe": "lamp", "carte": "card", "table": "table", "lettre": "letter"}
    kind = {"rouge": "red", "grande": "big", "petite": "small", "verte": "green"}
    rows = []
    for _ in range(600):
        a, b, c, d = (draw.choice(sorted(x)) for x in (who, does, what, kind))
        rows.append(["%s %s une %s %s" % (a, b, c, d), "%s %s a %s %s" % (who[a], does[b], kind[d], what[c])])
    write_table(os.path.join(folder, "fra-eng.tsv"), None, rows, "\t")


def cora(folder, draw):
    """Papers of three topics, which use and cite mostly words and papers of their own."""
    count, terms, topics = 1900, 1433, ("Genetic_Algorithms", "Neural_Networks", "Theory")
    topic = [draw.randrange(3) for _ in range(count)]
    rows = []
    for i in range(count):
        row = ["0"] * terms
        for _ in range(18):
            own = draw.random() < 0.45
            row[3 * draw.randrange(40) + topic[i] if own else draw.randrange(terms)] = "1"
        rows.append(["p%d" % (7 * i + 3)] + row + [topics[topic[i]]])
    write_table(os.path.join(folder, "cora.content"), None, rows, "\t")
    alike = [[i for i in range(count) if topic[i] == t] for t in range(3)]
    edges = []
    for i in range(count):
        for _ in range(2):
            other = draw.choice(alike[topic[i]]) if draw.random() < 0.85 else draw.randrange(count)
            edges.append(["p%d" % (7 * other + 3), "p%d" % (7 * i + 3)])
    write_table(os.path.join(folder, "cora.cites"), None, edges, "\t")


def speech(folder, draw):
    """Every symbol is a tone of 40 bands that lasts a few frames."""
    count, most, bands, symbols, longest = 32, 200, 40, 29, 30
    frames, lengths, labels, label_counts = array("f"), array("i"), array("i"), array("i")
    for _ in range(count):
        said, rows = [draw.randrange(1, symbols) for _ in range(draw.randrange(5, 12))], []
        for symbol in said:
            for _ in range(draw.randrange(6, 12)):
                rows.append([(2.0 if b in (symbol, (symbol * 7) % bands) else 0.0) + draw.gauss(0, 0.2)
                             for b in range(bands)])
            rows += [[draw.gauss(0, 0.2) for _ in range(bands)] for _ in range(3)]
        lengths.append(len(rows))
        label_counts.append(len(said))
        labels.extend(said + [0] * (longest - len(said)))
        for row in rows + [[0.0] * bands] * (most - len(rows)):
            frames.extend(row)
    write_npz(os.path.join(folder, "speech.npz"), frames=((count, most, bands), frames), n_frames=((count,), lengths),
              labels=((count, longest), labels), n_labels=((count,), label_counts))


def cifar(folder, draw):
    """Ten kinds of pictures: five colours, with a disc or stripes."""
    labels = [i % 10 for i in range(300)]
    write_npz(os.path.join(folder, "cifar10.npz"),
              image=((len(labels), 3, 32, 32), b"".join(flat(picture(draw, 32, 32, label)) for label in labels)),
              label=((len(labels),), array("i", labels)))


def voc(folder, draw):
    """Discs in two colours, with the boxes around them."""
    count, size, most = 16, 256, 16
    pixels, boxes, labels, counts = [], array("f"), array("i"), array("i")
    for _ in range(count):
        channels = [plain(draw, size, size, 60) for _ in range(3)]
        here = draw.randrange(1, 4)
        for k in range(most):
            if k >= here:
                boxes.extend((0, 0, 0, 0))
                labels.append(0)
                continue
            kind, radius = draw.randrange(2), draw.uniform(0.1, 0.3)
            cx, cy = draw.uniform(radius, 1 - radius), draw.uniform(radius, 1 - radius)
            disc(channels[kind], cx * size, cy * size, radius * size, 240)
            boxes.extend((cx - radius, cy - radius, cx + radius, cy + radius))
            labels.append(kind + 1)
        counts.append(here)
        pixels.append(flat(channels))
    write_npz(os.path.join(folder, "voc.npz"), image=((count, 3, size, size), b"".join(pixels)),
              box=((count, most, 4), boxes), label=((count, most), labels), count=((count,), counts))


def photos(folder, draw):
    for kind, name in enumerate(("apples", "leaves", "lakes")):
        path = folder_of(folder, "photos/" + name)
        for i in range(8):
            write_png(os.path.join(path, "%02d.png" % i), picture(draw, 240, 230, kind))


def faces(folder, draw):
    path = folder_of(folder, "faces")
    for i in range(128):
        channels = [plain(draw, 36, 36, v) for v in (190, 150, 120)]
        for rows in channels:
            disc(rows, 12 + draw.uniform(-1, 1), 14, 3, 30)
            disc(rows, 24 + draw.uniform(-1, 1), 14, 3, 30)
        write_png(os.path.join(path, "%03d.png" % i), channels)


def animals(folder, draw):
    for name, striped in (("horses", False), ("zebras", True)):
        path = folder_of(folder, name)
        for i in range(6):
            channels = [plain(draw, 140, 136, v) for v in (90, 160, 80)]
            coat = [plain(draw, 140, 136, v) for v in ((235, 235, 235) if striped else (150, 95, 50))]
            if striped:
                for rows in coat:
                    stripe(rows, 12, True, 20)
            body = [bytearray(140) for _ in range(136)]
            disc(body, draw.uniform(50, 90), draw.uniform(50, 90), draw.uniform(30, 40), 1)
            for rows, hide in zip(channels, coat):
                for r in range(136):
                    rows[r][:] = bytes(h if b else v for v, h, b in zip(rows[r], hide[r], body[r]))
            write_png(os.path.join(path, "%02d.png" % i), channels)


def cells(folder, draw):
    image_path, mask_path = folder_of(folder, "cells/image"), folder_of(folder, "cells/mask")
    for i in range(20):
        image, mask = plain(draw, 256, 256, 70), [bytearray(256) for _ in range(256)]
        for _ in range(6):
            place = (draw.uniform(20, 236), draw.uniform(20, 236), draw.uniform(14, 34))
            disc(image, *place, draw.randint(150, 210))
            disc(mask, *place, 255)
        write_png(os.path.join(image_path, "%02d.png" % i), [image])
        write_png(os.path.join(mask_path, "%02d.png" % i), [mask])


MAKERS = {f.__name__: f for f in (digits, idx, iris, titanic, heart, names, play, words, wiki, reviews, pairs, cora, speech,
                                  cifar, voc, photos, faces, animals, cells)}


def main():
    if len(sys.argv) < 2 or any(name not in MAKERS for name in sys.argv[2:]):
        sys.exit("usage: make_data.py FOLDER [%s]..." % "|".join(MAKERS))
    os.makedirs(sys.argv[1], exist_ok=True)
    for name in sys.argv[2:] or MAKERS:
        MAKERS[name](sys.argv[1], random.Random(name))


if __name__ == "__main__":
    main()
