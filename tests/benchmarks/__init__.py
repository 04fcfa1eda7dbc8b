"""What Geppetto costs, as ratios against bare Python and a bare HTTP client in the same run."""
