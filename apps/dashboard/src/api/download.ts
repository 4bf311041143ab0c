import { type ApiRequest, open } from './client';

/**
 * Fetches an answer with the session's header, and gives it to the browser as a file. `onProgress`: bytes so far.
 * @throws ApiError if the server refuses.
 */
export async function download(
  request: ApiRequest,
  name: string,
  signal: AbortSignal,
  onProgress: (bytes: number) => void = () => undefined,
): Promise<void> {
  const response = await open(request, signal);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    parts.push(read.value);
    bytes += read.value.byteLength;
    onProgress(bytes);
  }
  const address = URL.createObjectURL(new Blob(parts));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
