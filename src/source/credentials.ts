const web = /\b(https?:\/\/)[^\s/'"]*@/gi;
const password = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]+):[^\s/'"]*@/gi;
const token = /([?&](?:access_token|private_token|token|key)=)[^&\s'"]+/gi;

/**
 * A text with the credentials of every URL in it taken out. For http(s) the whole user part goes:
 * a token is often written as the user's name.
 */
export const hideCredentials = (text: string): string =>
  text.replace(web, '$1').replace(password, '$1@').replace(token, '$1…');
