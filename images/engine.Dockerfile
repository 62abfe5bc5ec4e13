# A JavaScript engine, which is a hundred megabytes, beside what commands run in: builds need not send it each time.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
# Names what is in files/.
ARG FILES
COPY files/ /work/
