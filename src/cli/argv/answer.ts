const yes = ['yes', 'true', '1', 'on'];
const no = ['no', 'false', '0', 'off'];

/** What a word says to a question; nothing when it is no answer. */
export const answerIn = (text: string): boolean | undefined => {
  const word = text.toLowerCase();
  if (yes.includes(word)) return true;
  return no.includes(word) ? false : undefined;
};
