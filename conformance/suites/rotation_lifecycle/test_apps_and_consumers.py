"""What there is: the apps of the org, the consumers of an app, and the pair of a consumer for those who ask for it."""

from conformance.suites import requirement


@requirement("STG-01")
def test_the_apps_of_the_org_are_listed_with_identifier_and_developer_name(staged_credentials):
    staged_credentials.main_pair()
    answer = staged_credentials.get(staged_credentials.place.usage)
    answer.has_members("apps", ("identifier", "developerName"), "app")


@requirement("STG-02")
def test_the_consumers_of_an_app_are_listed_with_id_key_name_and_where_their_pairs_are_staged(staged_credentials):
    staged_credentials.main_pair()
    answer = staged_credentials.get(staged_credentials.place.consumers_url)
    answer.has_members("consumers", ("id", "key", "name", "stagedCredentialsUrl"), "consumer")


@requirement("STG-16")
def test_pages_of_apps_start_at_0_and_the_one_past_the_end_is_empty(staged_credentials):
    staged_credentials.main_pair()
    whole = staged_credentials.get(staged_credentials.place.usage).works("the list of apps")
    for each in staged_credentials.case.each((0, 1, 10_000), "page {}".format):
        with each as place:
            if place < 10_000:
                staged_credentials.page(place, 1).has_one_app_of(whole, place)
            else:
                staged_credentials.page(place, 100).is_an_empty_page()


@requirement("STG-17")
def test_a_page_has_100_apps_where_nothing_else_is_asked_for(staged_credentials):
    staged_credentials.main_pair()
    hundred = staged_credentials.page(0, 100).works("a page of 100 apps")
    staged_credentials.get(staged_credentials.place.usage).has_as_many_apps_as(hundred)


@requirement("STG-18")
def test_the_secret_of_a_consumer_comes_where_part_asks_for_it(staged_credentials):
    url = staged_credentials.place.consumer_url
    staged_credentials.get(url).works("the consumer")
    staged_credentials.is_closed_to_strangers(url)
    for each in staged_credentials.case.each((("secret", ("secret",)), ("keyandsecret", ("key", "secret")))):
        with each as (part, members):
            answer = staged_credentials.get(f"{url}?part={part}")
            answer.has_members("consumers", members, f"answer to part={part}")


@requirement("STG-19")
def test_the_secret_of_a_consumer_comes_only_where_part_asks_for_it(staged_credentials):
    place, pair = staged_credentials.place, staged_credentials.main_pair()
    urls = {
        "the apps": place.usage,
        "the consumers": place.consumers_url,
        "the consumer": place.consumer_url,
        "the consumer with part=key": f"{place.consumer_url}?part=key",
    }
    for each in staged_credentials.case.each(urls.items()):
        with each as (what, url):
            answer = staged_credentials.get(url).works("the answer without a secret")
            answer.shows_none_of([pair.secret], what)


@requirement("STG-52")
def test_a_part_that_does_not_exist_shows_no_secret(staged_credentials):
    url, pair = staged_credentials.place.consumer_url, staged_credentials.main_pair()
    staged_credentials.get(url).works("the consumer")
    for each in staged_credentials.case.each(("all", "Secret", ""), "part={}".format):
        with each as part:
            answer = staged_credentials.get(f"{url}?part={part}")
            answer.shows_none_of([pair.secret], f"part={part}")


@requirement("STG-53")
def test_the_address_of_the_next_page_leads_through_the_pages_to_the_last_one(staged_credentials):
    staged_credentials.main_pair()
    for each in staged_credentials.case.each(staged_credentials.pages_by_address()):
        with each as (_, page, by_number):
            page.has_the_apps_of(by_number)


@requirement("STG-43")
def test_a_version_of_the_api_that_does_not_exist_is_refused(staged_credentials):
    staged_credentials.main_pair()
    staged_credentials.get(staged_credentials.place.consumers_url).works("the consumers under the target's own version")
    for each in staged_credentials.case.each(("v999.0", "v65.5", "65")):
        with each as version:
            staged_credentials.get(staged_credentials.under(version).consumers_url).is_refused(f"under {version}")


@requirement("STG-44")
def test_versions_before_65_0_stage_nothing(staged_credentials):
    staged_credentials.main_pair()
    staged_credentials.get(staged_credentials.place.staged_url).works("the staged credentials")
    staged_credentials.get(staged_credentials.under("v64.0").staged_url).is_refused("under v64.0")
