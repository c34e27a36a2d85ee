"""`python -m airship_images.controller`."""

from airship_images.controller.main import main

if __name__ == "__main__":
    main()
