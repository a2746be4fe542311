"""Papers to print, as PDF: labels, receipts, and the sheets of waybills and trips. Printing changes nothing."""
