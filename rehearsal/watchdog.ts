import { type ChildProcess, spawn } from "node:child_process";

// Reads "+<pid>" and "-<pid>" lines; when the pipe closes, the host is gone, however it went. A process's group has
// its leader's id. INT and HUP reach whole terminals: a watchdog that dies of them is none.
const script = `
trap '' INT TERM HUP
groups=' '
while IFS= read -r line; do
  pid=\${line#?}
  case $line in
    +*) groups="$groups$pid " ;;
    -*) case $groups in *" $pid "*) groups="\${groups%% $pid *} \${groups#* $pid }" ;; esac ;;
  esac
done
[ "$groups" = ' ' ] && exit 0
for pid in $groups; do kill -s TERM -- "-$pid" 2>/dev/null; done
sleep 2
for pid in $groups; do kill -s KILL -- "-$pid" 2>/dev/null; done
`;

/** A small process outside ours that ends our children's process groups when we cannot, as after `kill -9`. */
export class Watchdog {
  private readonly shell: ChildProcess;

  constructor() {
    this.shell = spawn("/bin/sh", ["-c", script, "rehearsal-watchdog"], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    // It may be gone at the very end: nobody is left to be told.
    this.shell.stdin?.on("error", () => undefined);
    this.shell.unref();
    unref(this.shell.stdin);
  }

  watch(pid: number): void {
    this.shell.stdin?.write(`+${pid}\n`);
  }

  forget(pid: number): void {
    this.shell.stdin?.write(`-${pid}\n`);
  }

  close(): void {
    this.shell.stdin?.end();
  }
}

/** A child's pipe is a socket, which the types do not say. */
function unref(stream: unknown): void {
  (stream as { unref?: () => void } | null)?.unref?.();
}
