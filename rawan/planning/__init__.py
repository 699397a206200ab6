"""From scores to people: rules, classes and forms of the deployment."""
