"""Metal3 without hardware: what its controller and webhook do to a BareMetalHost, as pure functions on the object."""
