/** The keeper in python3, for hosts without perl. Same words as the others (protocol.ts). */
export const pythonKeeper = String.raw`
import fcntl, os, re, select, signal, sys, time
signal.signal(signal.SIGPIPE, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)
held, alive, state = {}, [], {"phase": "", "armed": False}
class No(Exception): pass
class Held(Exception): pass
def dec(t): return re.sub(rb"\\0([0-7]{3})", lambda m: bytes([int(m.group(1), 8)]), t)
def say(kind, *texts):
    t = b" ".join(x if isinstance(x, bytes) else os.fsencode(x) for x in texts)
    os.write(1, kind + b" " + re.sub(rb"[\r\n]+", b" ", t) + b"\n")
def dirs(p): os.makedirs(p or b".", 0o755, exist_ok=True)
def parent(p): return os.path.dirname(p) or b"."
def sync_dir(p):
    f = os.open(p, os.O_RDONLY)
    try: os.fsync(f)
    finally: os.close(f)
def slurp(p):
    try:
        with open(p, "rb") as f: return f.read()
    except OSError: return b""
def look():
    if os.path.islink(b"current"): return b"link " + os.readlink(b"current")
    return b"real" if os.path.exists(b"current") else b"absent"
def take(p):
    if p in held: return
    dirs(parent(p))
    for _ in range(3):
        f = os.open(p, os.O_RDWR | os.O_CREAT, 0o644)
        try: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(f); raise Held()
        a = os.fstat(f)
        try: b = os.stat(p)
        except OSError: b = None
        if b and (a.st_ino, a.st_dev) == (b.st_ino, b.st_dev):
            held[p] = f; return
        os.close(f)
    raise Held()
def whole(p, t):
    dirs(parent(p)); n = p + b".fab-new"
    try:
        with open(n, "wb") as f:
            f.write(t); f.flush(); os.fsync(f.fileno())
        os.rename(n, p)
    except OSError: drop(n); raise
    sync_dir(parent(p))
def add(p, t):
    dirs(parent(p)); old = slurp(p)
    with open(p, "ab") as f:
        f.write((b"\n" if old and not old.endswith(b"\n") else b"") + t + b"\n"); f.flush(); os.fsync(f.fileno())
def drop(p):
    try: os.unlink(p)
    except OSError: pass
def link(to):
    drop(b".fab/next"); os.symlink(to, b".fab/next")
def lock(p, o=b"", t=b""):
    try: take(p)
    except Held: say(b"no", b"held", slurp(o)); return
    if o:
        try: whole(o, t)
        except OSError: drop(o)
    say(b"ok")
def alive_(p): take(p); alive.append(p); say(b"ok")
def begin(p):
    if os.path.exists(p): say(b"no", b"exists"); return
    d = b".fab/begin-%d" % os.getpid(); l = d + b"/.fab/lock"
    try:
        dirs(d + b"/.fab"); dirs(parent(p)); take(l); os.rename(d, p)
    except OSError:
        if l in held: os.close(held.pop(l))
        for away_ in (os.unlink, l), (os.rmdir, d + b"/.fab"), (os.rmdir, d):
            try: away_[0](away_[1])
            except OSError: pass
        if not os.path.exists(p): raise
        say(b"no", b"exists"); return
    held[p + b"/.fab/lock"] = held.pop(l); say(b"ok")
def swap(): os.rename(b".fab/next", b"current"); sync_dir(b".")
def record(t):
    try: whole(b".fab/txn", t)
    except OSError: drop(b".fab/spare"); whole(b".fab/txn", t)
def disarm():
    if state["armed"]: drop(b".fab/next")
    state["armed"] = False
def names():
    try: return b" ".join(sorted(n for n in os.listdir(b"releases") if n[:1].isdigit() and not re.search(rb"\s", n) and os.path.isdir(b"releases/" + n)))
    except OSError: return b""
def one_line(p): return re.sub(rb"[\r\n\t]", b"", slurp(p))
def state_(): say(b"ok", b"\t".join([look(), one_line(b".fab/epoch"), one_line(b".fab/txn"), names()]))
def fence(e):
    if slurp(b".fab/epoch") != e: whole(b".fab/epoch", e)
    os.close(os.open(b".fab/work", os.O_RDWR | os.O_CREAT, 0o644))
    if free(b".fab/work"): say(b"ok")
    else: say(b"no", b"busy")
def prepare(to, expected, text):
    now = look(); state["phase"] = ""
    if now != expected: say(b"no", b"changed", now); return
    if now == b"real": raise No("current is no link")
    if not os.path.isdir(to): raise No(os.fsdecode(to) + " is not there")
    try: whole(b".fab/spare", b"." * 8192)
    except OSError: pass
    record(text); link(to); sync_dir(b".fab"); state.update(phase="prepared", armed=True); say(b"ok")
def decide(text):
    if state["phase"] != "prepared" or not os.path.islink(b".fab/next"): raise No("nothing is prepared")
    record(text); state["phase"] = "decided"; say(b"ok")
def commit():
    if state["phase"] != "decided" or not os.path.islink(b".fab/next"): raise No("nothing is decided")
    swap(); state.update(phase="renamed", armed=False); say(b"ok", look())
def abort(text): state["phase"] = ""; disarm(); record(text); say(b"ok", look())
def undo(text): disarm(); record(text); state["phase"] = "undo"; say(b"ok")
def back(to):
    if state["phase"] != "undo": raise No("no undo is recorded")
    if look() == b"real": raise No("current is no link")
    if to and not os.path.isdir(to): raise No(os.fsdecode(to) + " is not there")
    if to: link(to); swap()
    elif os.path.islink(b"current"): os.unlink(b"current"); sync_dir(b".")
    say(b"ok", look())
def close(text): record(text); drop(b".fab/spare"); state["phase"] = ""; say(b"ok")
def free(l):
    if not os.path.exists(l): return True
    f = os.open(l, os.O_RDWR)
    try: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); return True
    except OSError: return False
    finally: os.close(f)
def away(p, t):
    try: steps = [p + b"/.fab/steps/" + n + b"/lock" for n in os.listdir(p + b"/.fab/steps")]
    except OSError: steps = []
    # A durable step that still runs there holds a lock of its own.
    if not all(free(l) for l in [p + b"/.fab/lock"] + steps): say(b"no", b"held"); return
    dirs(parent(t)); os.rename(p, t); say(b"ok")
def finish():
    disarm()
    for p in alive: drop(p)
def end(): finish(); say(b"ok"); os._exit(0)
do = {b"lock": lock, b"alive": alive_, b"look": lambda: say(b"ok", look()), b"begin": begin,
      b"dirs": lambda p: (dirs(p), say(b"ok")), b"put": lambda p, t: (record(t) if p == b".fab/txn" else whole(p, t), say(b"ok")),
      b"add": lambda p, t: (add(p, t), say(b"ok")),
      b"get": lambda p: say(b"ok", slurp(p)) if os.path.exists(p) else say(b"no", b"absent"),
      b"state": state_, b"fence": fence, b"beat": lambda: say(b"ok"), b"prepare": prepare, b"decide": decide,
      b"commit": commit, b"abort": abort, b"undo": undo, b"back": back, b"close": close, b"away": away, b"end": end}
try:
    root = dec(os.fsencode(sys.argv[1])); lease = float(sys.argv[2])
    dirs(root); os.chdir(root); dirs(b".fab"); say(b"ok", look())
except OSError as e:
    say(b"no", b"error", str(e)); sys.exit(1)
def obey(line):
    verb, *args = line.split(b" ")
    try:
        if verb in do: do[verb](*[dec(a) for a in args])
        else: say(b"no", b"error", b"unknown word " + verb)
    except Held: say(b"no", b"held")
    except No as e: say(b"no", b"error", str(e))
    except OSError as e: say(b"no", b"error", str(e))
def now(): return time.clock_gettime(time.CLOCK_BOOTTIME)
heard, rest = now(), b""
try:
    while True:
        left = heard + lease - now()
        if left < 0 or not select.select([0], [], [], left + 0.01)[0]: break
        more = os.read(0, 65536)
        if not more or now() > heard + lease: break # Paused for longer than the lease: what it says now comes too late.
        heard = now()
        *lines, rest = (rest + more).split(b"\n")
        for line in lines: obey(line)
except BrokenPipeError: pass # Nobody hears the answers any more.
finally: finish()
`;
