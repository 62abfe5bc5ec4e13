# Go on Amazon Linux 2023, on top of the image for C and C++, which cgo needs.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
LABEL runtime-aws-lambda.role=image
# A base image that brings its own Go keeps it.
RUN command -v go >/dev/null || { dnf install -y golang && dnf clean all; }
