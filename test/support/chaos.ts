/** What a chaotic mix of invocations consists of: the behaviours of the bootstrap, and the answers they may have. */
import { malformedRequests } from "./raw-http.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** The event for `test/fixtures/functions/chaos-bootstrap.mjs`. */
export interface ChaosEvent {
  readonly how: string;
  readonly afterwards?: string;
  readonly nonce: string;
  readonly signal: string;
  readonly size: number;
  /** Base64. */
  readonly bytes: string;
}

/** Kinds of answers: the bootstrap's own, a reported error, and the words of the platform. */
export type AnswerKind = "answer" | "error" | "too-large" | "exit" | "timeout" | "init-error" | "throttled";

const behaviours = {
  plain: { weight: 20, kind: "answer" },
  twice: { weight: 3, kind: "answer" },
  "error-after-answer": { weight: 2, kind: "answer" },
  error: { weight: 3, kind: "error" },
  "wrong-id": { weight: 3, kind: "answer" },
  "wrong-call": { weight: 2, kind: "answer" },
  garbage: { weight: 4, kind: "answer" },
  "half-request": { weight: 3, kind: "answer" },
  "open-half-request": { weight: 3, kind: "answer" },
  "cut-body": { weight: 3, kind: "answer" },
  "cut-body-and-exit": { weight: 2, kind: "exit" },
  "slow-answer": { weight: 3, kind: "answer" },
  large: { weight: 1, kind: "too-large" },
  "ask-again": { weight: 3, kind: "answer" },
  pipelined: { weight: 5, kind: "answer" },
  flood: { weight: 3, kind: "answer" },
  "flood-in-one-line": { weight: 2, kind: "answer" },
  "flood-and-exit": { weight: 2, kind: "exit" },
  child: { weight: 3, kind: "answer" },
  daemon: { weight: 3, kind: "answer" },
  "daemon-and-exit": { weight: 2, kind: "exit" },
  stall: { weight: 1, kind: "timeout" },
  "exit-0": { weight: 2, kind: "exit" },
  "exit-1": { weight: 2, kind: "exit" },
  signal: { weight: 2, kind: "exit" },
} as const satisfies Record<string, { weight: number; kind: AnswerKind }>;
type Behaviour = keyof typeof behaviours;

/** After the answer; the last two may cost the next invocation its environment. */
const aftermaths = { none: 20, exit: 2, stall: 0.5, "hang-up": 2 };
const costlyAftermaths = { ...aftermaths, "hang-up-and-stall": 0.5, "ask-and-exit": 2 };
const behaviourWeights = Object.fromEntries(
  Object.entries(behaviours).map(([name, { weight }]) => [name, weight]),
) as Record<Behaviour, number>;
const signals = ["SIGKILL", "SIGTERM", "SIGHUP", "SIGUSR2", "SIGALRM"];
const garbage = Object.values(malformedRequests);

/** The files in the folder of inits that the bootstrap takes one by one. */
export const initBehaviours = ["exit", "leave", "signal", "report", "garbage", "daemon"] as const;

/** One event, and what it must be answered with unless its environment fails for another reason. */
export function pickEvent(
  random: SeededRandom,
  nonce: string,
  isCostly: boolean,
): { readonly event: ChaosEvent; readonly kind: AnswerKind } {
  const how = random.pickWeighted(behaviourWeights);
  const afterwards = isCostly ? random.pickWeighted(costlyAftermaths) : random.pickWeighted(aftermaths);
  const event = {
    how,
    afterwards,
    nonce,
    signal: random.pick(signals),
    size: 1 + random.below(20_000),
    bytes: Buffer.from(random.pick(garbage), "latin1").toString("base64"),
  };
  return { event, kind: behaviours[how].kind };
}

/** Tells the kind of an answer; throws where it belongs to another invocation, or to nobody. */
export function judgeAnswer(payloadText: string, requestId: string, nonce: string): AnswerKind {
  const payload = JSON.parse(payloadText) as {
    readonly nonce?: string;
    readonly errorType?: string;
    readonly errorMessage?: string;
  };
  const { errorType, errorMessage = "" } = payload;
  if (payload.nonce !== undefined) {
    if (payload.nonce !== nonce) throw new Error(`${requestId} got the answer of ${payload.nonce}, not of ${nonce}`);
    return errorType === undefined ? "answer" : "error";
  }
  if (errorType === "Function.ResponseSizeTooLarge") return "too-large";
  if (errorType === "Chaos.Init") return "init-error";
  if (!errorMessage.startsWith(`RequestId: ${requestId} `)) throw new Error(`${requestId} got ${payloadText}`);
  if (errorMessage.endsWith("exit status 97"))
    throw new Error("the bootstrap was answered what it should not have been");
  if (errorType === "Sandbox.Timedout") return "timeout";
  if (errorType === "Runtime.ExitError") return "exit";
  throw new Error(`${requestId} got ${payloadText}`);
}
