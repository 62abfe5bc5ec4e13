/**
 * The documents of Lambda's own segments. Source: AWS Lambda developer guide, "Visualize Lambda function invocations using
 * AWS X-Ray"; members as in documents that X-Ray gave back.
 */

/** Unix times in milliseconds. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** What both have. */
interface TracedFunction {
  /** `1-<8 hex>-<24 hex>` */
  readonly root: string;
  readonly functionName: string;
  readonly functionArn: string;
}

/** `AWS::Lambda`: the request to the service. */
export interface ServiceSegment extends TracedFunction, Interval {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly requestId: string;
  /** 202 for an event, with what became of it. */
  readonly status: 200 | 202;
  /** Of the time that an event waited for its first attempt. */
  readonly dwellId: string;
  readonly attempts: readonly Attempt[];
}

/** One try to work on an event. */
export interface Attempt extends Interval {
  readonly id: string;
}

/** `AWS::Lambda::Function`: what the function did. */
export interface FunctionSegment extends TracedFunction, Interval {
  readonly id: string;
  /** Of the service's segment, or of the attempt in it. */
  readonly parentId: string;
  readonly initialization: Interval | undefined;
  /** Its id is the parent of what the function itself sends. */
  readonly invocation: Interval & { readonly id: string };
  readonly overhead: Interval | undefined;
  readonly isFault: boolean;
  /** As the runtime told it. */
  readonly cause: object | undefined;
}

const times = ({ startMs, endMs }: Interval): object => ({ start_time: startMs / 1000, end_time: endMs / 1000 });

export function serviceDocument(segment: ServiceSegment): object {
  const { id, parentId, root, functionName, functionArn, requestId, status, attempts } = segment;
  return {
    id,
    name: functionName,
    ...times(segment),
    trace_id: root,
    ...(parentId === undefined ? {} : { parent_id: parentId }),
    http: { response: { status } },
    aws: { request_id: requestId },
    origin: "AWS::Lambda",
    resource_arn: functionArn,
    ...(attempts.length === 0 ? {} : { subsegments: attemptDocuments(segment) }),
  };
}

/** The wait for the first attempt, then each of them. */
function attemptDocuments({ dwellId, startMs, attempts }: ServiceSegment): object[] {
  const dwell = attempts.slice(0, 1).map((first) => ({
    id: dwellId,
    name: "Dwell Time",
    ...times({ startMs, endMs: first.startMs }),
  }));
  const tries = attempts.map((attempt, index) => ({
    id: attempt.id,
    name: `Attempt #${index + 1}`,
    ...times(attempt),
    http: { response: { status: 200 } },
  }));
  return [...dwell, ...tries];
}

export function functionDocument(segment: FunctionSegment, newId: () => string): object {
  const { id, parentId, root, functionName, functionArn, initialization, invocation, overhead, isFault } = segment;
  const aws = { function_arn: functionArn };
  const subsegment = (name: string, interval: Interval | undefined): object[] =>
    interval === undefined ? [] : [{ id: newId(), name, ...times(interval), aws }];
  const fault = isFault ? { fault: true, ...(segment.cause === undefined ? {} : { cause: segment.cause }) } : {};
  return {
    id,
    name: functionName,
    ...times(segment),
    trace_id: root,
    parent_id: parentId,
    ...(isFault ? { fault: true } : {}),
    aws: { account_id: functionArn.split(":")[4], function_arn: functionArn, resource_names: [functionName] },
    origin: "AWS::Lambda::Function",
    subsegments: [
      ...subsegment("Initialization", initialization),
      { id: invocation.id, name: "Invocation", ...times(invocation), ...fault, aws },
      ...subsegment("Overhead", overhead),
    ],
  };
}
