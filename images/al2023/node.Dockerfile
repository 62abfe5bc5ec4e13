# What node-gyp needs on Amazon Linux 2023, on top of the image for C and C++; Node.js itself comes with the build.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
RUN dnf install -y python3 findutils && dnf clean all
