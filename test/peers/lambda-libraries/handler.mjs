import { getMetadata } from "@aws-lambda-powertools/commons/utils/metadata";
import AWSXRay from "aws-xray-sdk-core";

/** A subsegment of its own, and where it runs. */
export const handler = async () =>
  AWSXRay.captureAsyncFunc("stock", async (subsegment) => {
    subsegment.addAnnotation("order", 1);
    const metadata = await getMetadata();
    subsegment.close();
    return metadata;
  });
