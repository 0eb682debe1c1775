/** What a native library says when it fails, in words: its own begin with a path of the machine it was built on. Pure. */

const KNOWN: readonly [pattern: RegExp, words: string][] = [
  [
    /Failed to get a WebGPU adapter|No supported adapters/i,
    'no graphics processor with a Vulkan, Metal or Direct3D driver was found',
  ],
  [
    /Failed to load (shared )?library|ExecutionProvider_Cuda/i,
    "ONNX Runtime's CUDA library is not installed beside it",
  ],
  [
    /execution provider.* not (supported|enabled|available)|backend not found/i,
    'this build of ONNX Runtime does not have it',
  ],
];

/** One sentence without a final stop. */
export function plainReason(message: string): string {
  const first = (message.split('\n').find((line) => line.trim() !== '') ?? message).trim();
  const known = KNOWN.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  // "/onnxruntime_src/…/file.cc:136 onnxruntime::Class::Function(…) what happened"
  const told = first.replace(/^\/\S+:\d+ .*?\)(?:::<lambda.*?>)?\s+/, '');
  return told.replace(/\.+$/, '');
}
