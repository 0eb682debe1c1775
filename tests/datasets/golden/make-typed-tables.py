"""Writes the typed tables beside this file: the same 30 rows as Parquet and Arrow in every compression.

    python3 make-typed-tables.py      (pyarrow 25.0)

tests/datasets/typed-tables.test.ts says row by row what they hold.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

HERE = Path(__file__).parent
N = 30
ROWS_AT_A_TIME = 12

table = pa.table(
    {
        "int": pa.array(range(N), pa.int32()),
        "long": pa.array([i - 10 if i % 5 else None for i in range(N)], pa.int64()),
        "float": pa.array([i / 8 if i % 4 else None for i in range(N)], pa.float32()),
        "double": pa.array([float("nan") if i == 3 else i * 1.5 for i in range(N)], pa.float64()),
        "flag": pa.array([i % 3 == 0 for i in range(N)], pa.bool_()),
        "text": pa.array(["a?", "", "é", None, "x"][i % 5] for i in range(N)),
        "dictionary": pa.array([["u", "v", "w"][i % 3] for i in range(N)]).dictionary_encode(),
        "day": pa.array([date(2020, 1, 1) + timedelta(i) for i in range(N)], pa.date32()),
        "instant": pa.array([datetime(2020, 1, 1, 12) + timedelta(hours=i) for i in range(N)], pa.timestamp("us")),
        "decimal": pa.array([Decimal(i - 5) / Decimal(100) for i in range(N)], pa.decimal128(9, 2)),
        "identifier": pa.array([9007199254740993 + i for i in range(N)], pa.int64()),
        "label": pa.array([["no", "yes"][i % 2] for i in range(N)]),
    }
)

for codec in ["snappy", "gzip", "zstd", "lz4", "brotli", "none"]:
    parquet.write_table(table, HERE / f"typed-{codec}.parquet", compression=codec, row_group_size=ROWS_AT_A_TIME)
parquet.write_table(
    table, HERE / "typed-v2.parquet", data_page_version="2.0", use_dictionary=False, row_group_size=ROWS_AT_A_TIME
)
for codec in ["lz4", "zstd", "uncompressed"]:
    feather.write_feather(table, HERE / f"typed-{codec}.feather", compression=codec, chunksize=ROWS_AT_A_TIME)
with ipc.new_stream(HERE / "typed.arrows", table.schema) as writer:
    for batch in table.to_batches(ROWS_AT_A_TIME):
        writer.write_batch(batch)

nested = table.select(["int", "label"]).append_column("list", pa.array([[i] for i in range(N)], pa.list_(pa.int32())))
parquet.write_table(nested, HERE / "nested.parquet")
feather.write_feather(nested, HERE / "nested.feather")
parquet.write_table(table.slice(0, 0), HERE / "no-rows.parquet")
feather.write_feather(table.slice(0, 0), HERE / "no-rows.feather")
unlabelled = table.select(["int"]).append_column("label", pa.array([None if i == 17 else "no" for i in range(N)]))
parquet.write_table(unlabelled, HERE / "unlabelled.parquet", row_group_size=ROWS_AT_A_TIME)
feather.write_feather(unlabelled, HERE / "unlabelled.feather", chunksize=ROWS_AT_A_TIME)
twice = pa.Table.from_arrays([table["int"], table["int"], table["label"]], ["a", "a", "label"])
parquet.write_table(twice, HERE / "twice.parquet")
feather.write_feather(twice, HERE / "twice.feather")
