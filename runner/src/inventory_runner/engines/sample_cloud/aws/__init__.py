"""AWS in the sample cloud: EC2, IAM and other services of three accounts, in six regions."""
