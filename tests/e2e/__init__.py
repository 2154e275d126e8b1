"""The whole way: the real SDK crawls the emulator over HTTPS, and the index is asked."""
