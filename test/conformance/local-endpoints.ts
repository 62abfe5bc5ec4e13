/** What a function can ask for besides events. */
import type { Behaviour, BootstrapStep, ExpectedAnswer } from "./behaviour.ts";
import { guide, server } from "./sources.ts";
import { answered, refusal } from "./steps.ts";

const metadataPath = "/2026-01-15/metadata/execution-environment";
const credentialsPath = "/2021-04-23/credentials";
const token = "{env:AWS_LAMBDA_METADATA_TOKEN}";

function ask(
  path: string,
  expect: ExpectedAnswer,
  authorization?: string,
  method: "GET" | "POST" = "GET",
): BootstrapStep {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return { do: "exchange", method, path, headers, expect };
}
const text = (status: number, body: string): ExpectedAnswer => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body,
});
const wrongToken = text(404, "cannot get credentials for the provided token\n");
const credentials: ExpectedAnswer = {
  status: 200,
  body: '{"AccessKeyId":"EMULATED","SecretAccessKey":"EMULATED","Token":"EMULATED","Expiration":"{time}"}',
};

export const localEndpoints: readonly Behaviour[] = [
  {
    behaviour: "Metadata endpoint: `AWS_LAMBDA_METADATA_API`, a token for each environment, 401 without it, 405",
    fidelity: {
      kind: "approximate",
      how: "the availability zone is the `availabilityZoneId` of the emulator; without one the answer is 501 `NotEmulated`",
      source: guide("configuration-metadata-endpoint"),
    },
    cases: [
      {
        name: "without a zone",
        bootstrap: [
          {
            do: "inspect",
            expect: { AWS_LAMBDA_METADATA_API: /^[0-9.]+:\d+$/, AWS_LAMBDA_METADATA_TOKEN: "{uuid}" },
          },
          ask(metadataPath, text(405, "Method Not Allowed\n"), `Bearer ${token}`, "POST"),
          ask(metadataPath, text(401, "Unauthorized\n")),
          ask(metadataPath, text(401, "Unauthorized\n"), token),
          ask(metadataPath, text(401, "Unauthorized\n"), "Bearer any"),
          ask(
            metadataPath,
            refusal(
              501,
              "NotEmulated",
              "The availability zone is not emulated: availabilityZoneId of the emulator says which one it is",
            ),
            `Bearer ${token}`,
          ),
        ],
        invoke: [answered("{}")],
      },
    ],
  },
  {
    behaviour: "Credentials endpoint: with SnapStart, in place of the variables with the keys",
    fidelity: {
      kind: "approximate",
      how: "in a container the variables stay, since AWS SDKs ask for credentials on the loopback only; they are said to expire in an hour, and never do",
      source: server,
    },
    cases: [
      {
        name: "an address and a token",
        options: { snapStart: true },
        bootstrap: [
          {
            do: "inspect",
            expect: {
              AWS_CONTAINER_CREDENTIALS_FULL_URI: /^http:\/\/127\.0\.0\.1:\d+\/2021-04-23\/credentials$/,
              AWS_CONTAINER_AUTHORIZATION_TOKEN: "{uuid}",
              AWS_ACCESS_KEY_ID: undefined,
              AWS_SECRET_ACCESS_KEY: undefined,
              AWS_SESSION_TOKEN: undefined,
            },
          },
          ask(credentialsPath, wrongToken),
          ask(credentialsPath, wrongToken, "any"),
          ask(credentialsPath, credentials, "{env:AWS_CONTAINER_AUTHORIZATION_TOKEN}"),
        ],
        invoke: [answered("{}")],
        only: { launcher: "host", because: "a container has a loopback of its own" },
      },
      {
        name: "variables in a container",
        options: { snapStart: true },
        bootstrap: [
          {
            do: "inspect",
            expect: { AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined, AWS_ACCESS_KEY_ID: "EMULATED" },
          },
        ],
        invoke: [answered("{}")],
        only: { launcher: "container", because: "a process shares the loopback" },
      },
      {
        name: "nothing without SnapStart",
        bootstrap: [
          {
            do: "inspect",
            expect: { AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined, AWS_CONTAINER_AUTHORIZATION_TOKEN: undefined },
          },
          ask(credentialsPath, { status: 404, body: "404 page not found\n" }, "any"),
        ],
        invoke: [answered("{}")],
      },
    ],
  },
];
