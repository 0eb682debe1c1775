"""Writes every-dtype.npz: 3 x 2 arrays of every element type that is read, as NumPy itself writes them.

    python3 make-every-dtype.py

Element (i, j) of a number array is i * 2 + j - shift, where shift is 3 for signed types; of a string array, the
text of i * 2 + j after "é". Run with Debian's python3-numpy (1.24.2).
"""
import numpy as np

arrays = {}
base = np.arange(6).reshape(3, 2)
for order in "<>":
    end = "little" if order == "<" else "big"
    for kind in ["u1", "u2", "u4", "u8"]:
        arrays[f"{kind}_{end}_C"] = base.astype(order + kind)
    for kind in ["i1", "i2", "i4", "i8", "f2", "f4", "f8"]:
        arrays[f"{kind}_{end}_C"] = (base - 3).astype(order + kind)
        arrays[f"{kind}_{end}_F"] = np.asfortranarray((base - 3).astype(order + kind))
    text = np.array([[f"é{i * 2 + j}" for j in range(2)] for i in range(3)])
    arrays[f"U_{end}_C"] = text.astype(order + "U7")
    arrays[f"U_{end}_F"] = np.asfortranarray(text.astype(order + "U7"))
arrays["S_bytes_C"] = np.char.encode(text, "utf-8").astype("S9")
arrays["b1_bool_C"] = base % 2 == 1
np.savez_compressed("every-dtype.npz", **arrays)
