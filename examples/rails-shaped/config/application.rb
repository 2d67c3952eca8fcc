# Where a Rails application is configured. Nothing reads it here: bin/ stands in for Ruby.
