/** Calls another function through the AWS SDK, which finds credentials, region and endpoint in the environment. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const lambda = new LambdaClient({});

export const handler = async ({ functionName, payload }: { functionName: string; payload: unknown }) => {
  const output = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload), LogType: "Tail" }),
  );
  return {
    statusCode: output.StatusCode,
    payload: JSON.parse(output.Payload?.transformToString() ?? "null") as unknown,
    hasLog: output.LogResult !== undefined,
  };
};
