/** What can be imported, in words: the drop zone, the overlay over dragged files and the refusal of a file say the same. */
export const FORMATS =
  'CSV and TSV · Parquet · Arrow and Feather · JSON lines · NPZ · IDX images with labels · svmlight, each also as .gz';
