import type { Version } from './version.ts';

/** A stylesheet imports what is not there: `fix_less_imports_collectstatic` fails. */
export const brokenStatics: Version = {
  subject: 'The stylesheet imports a file that nobody has committed',
  insertions: {
    'corehq/apps/hqwebapp/static/hqwebapp/style.css': [
      ["@import url('less/colors.less');\n", "@import url('less/fonts.less');\n"],
    ],
  },
};

/** `check --deploy` finds an error. */
export const failingCheck: Version = {
  subject: 'A check finds what cannot be deployed',
  insertions: {
    'corehq/apps/hqadmin/checks.py': [
      [
        'from django.db import DatabaseError, connections\n',
        `

@register(deploy=True)
def never_ready(app_configs, **kwargs):
    return [Error("This version must not be deployed.", id="hqadmin.E003")]
`,
      ],
    ],
  },
};

/** Passes every check and never serves: gunicorn ends as soon as it has started. */
export const doesNotStart: Version = {
  subject: 'Web workers do not start',
  insertions: {
    'deployment/gunicorn/commcarehq_wsgi.py': [
      ['application = get_wsgi_application()\n', 'raise RuntimeError("no worker of this version starts")\n'],
    ],
  },
};

/** Starts, passes every check, and answers every page with 500, its health page too. */
export const answersErrors: Version = {
  subject: 'Every page is an error',
  insertions: {
    'corehq/middleware.py': [
      [
        '    """A database that was away costs no request after it is back: its old connections are not used again."""\n',
        `
    def broken(request):
        raise RuntimeError("no page of this version works")

    return broken
`,
      ],
    ],
  },
};

const health = (lines: string): Version['insertions'] => ({
  'corehq/apps/hqadmin/views.py': [['    """200 when this worker can serve."""\n', lines]],
});

/** Only the health page says that something is wrong. */
export const unhealthy: Version = {
  subject: 'The health page answers 500',
  insertions: health('    return HttpResponse("no\\n", content_type="text/plain", status=500)\n'),
};

/** Whoever asks for the health page waits for ever. */
export const healthHangs: Version = {
  subject: 'The health page does not answer',
  insertions: health(`    import threading

    threading.Event().wait()
`),
};

/** A health page that is elsewhere says nothing of the worker that was asked. */
export const healthRedirects: Version = {
  subject: 'The health page is elsewhere',
  insertions: health(`    from django.shortcuts import redirect

    return redirect("/version")
`),
};
