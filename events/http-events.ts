/** Events of HTTP front ends. Shapes: the examples of the AWS Lambda, API Gateway and Elastic Load Balancing guides. */
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyWebsocketEventV2,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewayTokenAuthorizerEvent,
  LambdaFunctionURLEvent,
} from "aws-lambda";

const body = '{"item":"apples","quantity":3}';
const address = "192.0.2.1";
const userAgent = "curl/8.5.0";
const traceId = "Root=1-67891233-abcdef012345678912345678";

const restIdentity = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  sourceIp: address,
  user: null,
  userAgent,
  userArn: null,
} as const;

const restRequestContext = {
  accountId: "123456789012",
  apiId: "1234567890",
  authorizer: null,
  domainName: "1234567890.execute-api.us-east-1.amazonaws.com",
  domainPrefix: "1234567890",
  extendedRequestId: "QDZ5vFhQoAMEJ9w=",
  httpMethod: "POST",
  identity: restIdentity,
  path: "/prod/orders/7",
  protocol: "HTTP/1.1",
  requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
  requestTime: "14/Jan/2026:12:34:56 +0000",
  requestTimeEpoch: 1_768_394_096_000,
  resourceId: "123456",
  resourcePath: "/orders/{id}",
  stage: "prod",
} as const;

const restHeaders = {
  Accept: "application/json",
  "Content-Type": "application/json",
  Host: "1234567890.execute-api.us-east-1.amazonaws.com",
  "User-Agent": userAgent,
  "X-Amzn-Trace-Id": traceId,
  "X-Forwarded-For": address,
  "X-Forwarded-Port": "443",
  "X-Forwarded-Proto": "https",
} as const;

const inLists = (values: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));

const urlRequest = (apiId: string, domain: string): LambdaFunctionURLEvent => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/orders/7",
  rawQueryString: "verbose=true&tag=a&tag=b",
  cookies: ["session=abc", "theme=dark"],
  headers: {
    accept: "application/json",
    "content-type": "application/json",
    host: domain,
    "user-agent": userAgent,
    "x-amzn-trace-id": traceId,
    "x-forwarded-for": address,
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  },
  queryStringParameters: { verbose: "true", tag: "a,b" },
  requestContext: {
    accountId: "anonymous",
    apiId,
    domainName: domain,
    domainPrefix: apiId,
    http: { method: "POST", path: "/orders/7", protocol: "HTTP/1.1", sourceIp: address, userAgent },
    requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    routeKey: "$default",
    stage: "$default",
    time: "14/Jan/2026:12:34:56 +0000",
    timeEpoch: 1_768_394_096_000,
  },
  body,
  isBase64Encoded: false,
});

const gatewayDomain = "1234567890.execute-api.us-east-1.amazonaws.com";
const gatewayRequest = urlRequest("1234567890", gatewayDomain);

/** By name. */
export const httpEvents: Readonly<Record<string, unknown>> = {
  alb: {
    requestContext: {
      elb: {
        targetGroupArn:
          "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda-target/d6190d154bc908a5",
      },
    },
    httpMethod: "POST",
    path: "/orders/7",
    queryStringParameters: { verbose: "true" },
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      host: "lambda-alb-123578498.us-east-1.elb.amazonaws.com",
      "user-agent": userAgent,
      "x-amzn-trace-id": traceId,
      "x-forwarded-for": address,
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    body,
    isBase64Encoded: false,
  } satisfies ALBEvent,

  apigateway: {
    resource: "/orders/{id}",
    path: "/orders/7",
    httpMethod: "POST",
    headers: restHeaders,
    multiValueHeaders: inLists(restHeaders),
    queryStringParameters: { verbose: "true", tag: "b" },
    multiValueQueryStringParameters: { verbose: ["true"], tag: ["a", "b"] },
    pathParameters: { id: "7" },
    stageVariables: null,
    requestContext: restRequestContext,
    body,
    isBase64Encoded: false,
  } satisfies APIGatewayProxyEvent,

  "apigateway-authorizer-request": {
    type: "REQUEST",
    methodArn: "arn:aws:execute-api:us-east-1:123456789012:1234567890/prod/POST/orders/7",
    resource: "/orders/{id}",
    path: "/orders/7",
    httpMethod: "POST",
    headers: { ...restHeaders, Authorization: "Bearer allow" },
    multiValueHeaders: inLists({ ...restHeaders, Authorization: "Bearer allow" }),
    pathParameters: { id: "7" },
    queryStringParameters: { verbose: "true" },
    multiValueQueryStringParameters: { verbose: ["true"] },
    stageVariables: null,
    requestContext: { ...restRequestContext, authorizer: undefined },
  } satisfies APIGatewayRequestAuthorizerEvent,

  "apigateway-authorizer-token": {
    type: "TOKEN",
    authorizationToken: "Bearer allow",
    methodArn: "arn:aws:execute-api:us-east-1:123456789012:1234567890/prod/POST/orders/7",
  } satisfies APIGatewayTokenAuthorizerEvent,

  "apigateway-v2": {
    ...gatewayRequest,
    routeKey: "POST /orders/{id}",
    pathParameters: { id: "7" },
    stageVariables: { table: "orders" },
    requestContext: { ...gatewayRequest.requestContext, accountId: "123456789012", routeKey: "POST /orders/{id}" },
  } satisfies APIGatewayProxyEventV2,

  "apigateway-v2-authorizer": {
    version: "2.0",
    type: "REQUEST",
    routeArn: "arn:aws:execute-api:us-east-1:123456789012:1234567890/$default/POST/orders/{id}",
    identitySource: ["Bearer allow"],
    routeKey: "POST /orders/{id}",
    rawPath: "/orders/7",
    rawQueryString: "verbose=true",
    cookies: ["session=abc"],
    headers: { authorization: "Bearer allow", host: gatewayDomain, "user-agent": userAgent },
    queryStringParameters: { verbose: "true" },
    requestContext: { ...gatewayRequest.requestContext, accountId: "123456789012", routeKey: "POST /orders/{id}" },
    pathParameters: { id: "7" },
    stageVariables: {},
  } satisfies APIGatewayRequestAuthorizerEventV2,

  "apigateway-websocket": {
    requestContext: {
      routeKey: "$default",
      messageId: "QDZ5vcrkoAMCF-Q=",
      eventType: "MESSAGE",
      extendedRequestId: "QDZ5vFhQoAMEJ9w=",
      requestTime: "14/Jan/2026:12:34:56 +0000",
      messageDirection: "IN",
      stage: "prod",
      connectedAt: 1_768_394_000_000,
      requestTimeEpoch: 1_768_394_096_000,
      requestId: "QDZ5vFhQoAMEJ9w=",
      domainName: gatewayDomain,
      connectionId: "QDZ5ueR-oAMCF-Q=",
      apiId: "1234567890",
    },
    body,
    isBase64Encoded: false,
  } satisfies APIGatewayProxyWebsocketEventV2,

  "function-url": urlRequest(
    "abcdefghijklmnopqrstuvwxyz012345",
    "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws",
  ) satisfies LambdaFunctionURLEvent,
};
