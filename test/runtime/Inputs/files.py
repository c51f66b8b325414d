"""Writes the files arguments.test hands over: x.npy, wide.npy, frames.csv, seven.png (8 x 8, grey)."""
import os
import struct
import sys
import zlib

folder = sys.argv[1]


def write(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def npy(shape, values):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (shape,)
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<%df" % len(values), *values)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


write("x.npy", npy("(4,)", [1.5, 2.5, 3.5, 4.5]))
write("wide.npy", npy("(2, 3)", range(6)))
write("frames.csv", b"a,b,c\n1,2,3\n4,5,6\n7,8,9\n")
pixels = [[0] * 8 for _ in range(8)]
for i in range(3):
    pixels[i][i] = 204  # 0.8 each
rows = b"".join(b"\0" + bytes(row) for row in pixels)
write("seven.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) +
      chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
