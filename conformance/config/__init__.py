"""What people write, as typed models: profiles, targets, waivers, presets. Every error of a file is told at once."""
