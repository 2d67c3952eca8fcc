import { randomUUID } from 'node:crypto';

/** A form as a phone sends it. */
export interface SentForm {
  readonly id: string;
  readonly xml: string;
}

/** A form about one case; `note` is a property of it. */
export const formOf = (note: string, id: string = randomUUID()): SentForm => ({
  id,
  xml: `<?xml version='1.0'?>
<data xmlns="http://openrosa.org/formdesigner/visit">
  <case xmlns="http://commcarehq.org/case/transaction/v2" case_id="case-${id}" user_id="worker">
    <create><case_type>visit</case_type><case_name>${note}</case_name></create>
    <update><note>${note}</note></update>
  </case>
  <meta xmlns="http://openrosa.org/jr/xforms"><instanceID>uuid:${id}</instanceID><userID>worker</userID></meta>
</data>`,
});

export const receiver = '/a/demo/receiver/';

/** Sends a form once; the status of the answer. */
export const submit = async (url: string, { xml }: SentForm): Promise<number> => {
  const headers = { 'content-type': 'text/xml' };
  return (await fetch(new URL(receiver, url), { method: 'POST', body: xml, headers })).status;
};
