/** What a sealed secret begins with, wherever it stands in a text. Only the server makes those: requests that hold it are refused. */
export const sealedStart = '\uE000sealed:';
