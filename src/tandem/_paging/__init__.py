"""Lists of many pages: items, pages, and pages fetched ahead."""
