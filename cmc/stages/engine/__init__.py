"""Where the work items of the stages are worked on: in this process, in processes beside it, or on a cluster."""
