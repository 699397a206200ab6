"""What must hold before data moves a floor up."""
